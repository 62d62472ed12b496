// Package process is the area of processes as Windows knows them: objects with handles and ids, without a
// tree, started with flags and ended by TerminateProcess.
package process

const title = "Processes of Windows"
