// Package runtime is the area of programs that the runtimes under test start, each by its own API.
//
// Subjects, in the order of reading: start, status, failure, circumstance, parent, second, capture, output.
package runtime

const title = "What runtimes start"
