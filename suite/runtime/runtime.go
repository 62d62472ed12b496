// Package runtime is the area of programs that the runtimes under test start, each by its own API.
//
// Subjects, in the order of reading: start, failure, circumstance.
package runtime

const title = "What runtimes start"
