# cmake -DSOURCE=FILE.go -DCOPY=FILE.go -P CopyGoFile.cmake: copies a Go file and says in a line directive where it comes from.
# Read by lines of text as they are: semicolons and brackets mean nothing here.
get_filename_component(path ${SOURCE} ABSOLUTE)
file(READ ${path} text)
file(WRITE ${COPY} "//line ${path}:1\n${text}")
