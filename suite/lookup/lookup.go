// Package lookup is the area of how the image of a program is found: PATH on Unix, the search of
// CreateProcess on Windows.
//
// Subjects, in the order of reading: path, application.
package lookup

const title = "Finding the image"
