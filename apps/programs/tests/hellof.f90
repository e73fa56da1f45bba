! A greeting from Fortran: list-directed output, which begins with a blank.
program hellof
  implicit none
  print *, "HelloWorld from gfortran!"
end program hellof
