// Package inherit is the area of what a child that executes an image has from the process that started
// it: what was asked for, what comes by itself, and nothing else.
package inherit

const title = "What a child inherits"
