// Package runtime is the area of programs that the runtimes under test start, each by its own API.
package runtime

const title = "What runtimes start"
