// A greeting from C++: the streams' static constructors and the C++ run-time library must have been started for it to appear.
#include <iostream>

int main()
{
	std::cout << "Hello World from g++!!!" << std::endl;
	return std::cout.good() ? 0 : 1;
}
