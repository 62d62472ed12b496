// Package inherit is the area of what a child that executes an image has from the process that started
// it: what was asked for, what comes by itself, and nothing else.
//
// Subjects, in the order of reading: descriptor, attribute, limit, snapshot.
package inherit

const title = "What a child inherits"
