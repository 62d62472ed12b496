// Package console is the area of the console that a child shares, gets or goes without.
//
// Subjects, in the order of reading: flag.
package console

const title = "Consoles of Windows"
