// Package directory is the area of the directory in which a child starts.
//
// Subjects, in the order of reading: start.
package directory

const title = "The working directory"
