// Package console is the area of the console that a child shares, gets or goes without.
package console

const title = "Consoles of Windows"
