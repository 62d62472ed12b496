// Package argument is the area of the arguments of a program: the vector of Unix, the command line of
// Windows and the rules that split it, and how much fits.
//
// Subjects, in the order of reading: vector, quoting, batch, limit.
package argument

const title = "Arguments"
