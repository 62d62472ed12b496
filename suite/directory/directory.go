// Package directory is the area of the directory in which a child starts.
package directory

const title = "The working directory"
