// Package process is the area of processes as Windows knows them: objects with handles and ids, without a
// tree, started with flags and ended by TerminateProcess.
//
// Subjects, in the order of reading: object, flag, parent, terminate.
package process

const title = "Processes of Windows"
