package search

import "regexp"

// meaning says which words of the specification people mean who say something else:
// the text that the C library or Windows prints for an error, an exit status of a
// shell, an exception of a runtime, a word of a trade.
type meaning struct {
	said  []string
	means string
	first string // the behaviour that it is about in most cases
}

// meanings are matched as whole words in a query. Of several behaviours that are first
// the last one counts: what is more special comes later.
var meanings = []meaning{
	// The texts of errors, as the C libraries of Unix systems have them (strerror).
	{[]string{"text file busy"}, "ETXTBSY", "exec.error.etxtbsy"},
	{[]string{"exec format error", "bad cpu type in executable", "cannot execute binary file"}, "ENOEXEC", "exec.error.enoexec"},
	{[]string{"argument list too long", "arg list too long", "arguments too long"}, "E2BIG", "argument.limit.total"},
	{[]string{"permission denied"}, "EACCES", ""},
	{[]string{"operation not permitted", "not permitted"}, "EPERM", ""},
	{[]string{"no such file or directory", "filenotfounderror", "file not found", "cannot find the file"}, "ENOENT", "exec.error.enoent"},
	{[]string{"not a directory", "notadirectoryerror"}, "ENOTDIR", ""},
	{[]string{"is a directory"}, "EISDIR", ""},
	{[]string{"file name too long", "filename too long"}, "ENAMETOOLONG", ""},
	{[]string{"too many levels of symbolic links", "symlink loop"}, "ELOOP", ""},
	{[]string{"bad file descriptor"}, "EBADF closed descriptor", ""},
	{[]string{"afterwritedispatched", "error: write epipe"}, "EPIPE send channel callback", "boundary.write.epipe-reported-once"},
	{[]string{"broken pipe", "brokenpipeerror", "write epipe"}, "EPIPE SIGPIPE reader", "pipe.broken.errno"},
	{[]string{"resource temporarily unavailable", "blockingioerror"}, "EAGAIN nonblocking", ""},
	{[]string{"no child processes", "childprocesserror"}, "ECHILD wait", "wait.sigchld.ignored"},
	{[]string{"no such process", "processlookuperror"}, "ESRCH", ""},
	{[]string{"too many open files", "emfile", "enfile"}, "limit descriptors", "inherit.limit.inherited"},
	{[]string{"cannot allocate memory", "out of memory"}, "ENOMEM", ""},
	{[]string{"interrupted system call"}, "EINTR", ""},
	{[]string{"invalid argument"}, "EINVAL", ""},
	{[]string{"function not implemented"}, "ENOSYS", ""},
	{[]string{"illegal seek"}, "ESPIPE seek pipe", ""},
	{[]string{"permissionerror"}, "EACCES EPERM", ""},
	// Those of Windows (FormatMessage).
	{[]string{"the handle is invalid", "invalid handle"}, "ERROR_INVALID_HANDLE", ""},
	{[]string{"the pipe has been ended"}, "ERROR_BROKEN_PIPE end of file", ""},
	{[]string{"the pipe is being closed"}, "ERROR_NO_DATA", ""},
	{[]string{"not a valid win32 application"}, "ERROR_BAD_EXE_FORMAT", "exec.error.bad-exe-format"},
	{[]string{"the system cannot find the file specified"}, "ERROR_FILE_NOT_FOUND", ""},
	{[]string{"the system cannot find the path specified"}, "ERROR_PATH_NOT_FOUND", ""},
	{[]string{"the filename or extension is too long"}, "ERROR_FILENAME_EXCED_RANGE command line length", "argument.limit.command-line"},
	{[]string{"the directory name is invalid"}, "ERROR_DIRECTORY directory", ""},
	{[]string{"access is denied", "winerror 5", "createprocess error 5"}, "ERROR_ACCESS_DENIED", "exec.error.access-denied-directory"},
	{[]string{"the parameter is incorrect"}, "ERROR_INVALID_PARAMETER", ""},
	{[]string{"0xc0000005", "c0000005", "3221225477", "1073741819", "access violation"}, "exception status exit code", "wait.status.exception"},
	{[]string{"259", "still active"}, "STILL_ACTIVE 259", "wait.status.259-is-legal"},
	// Exceptions and messages of runtimes.
	{[]string{"datacloneerror", "could not be cloned"}, "cloned structured clone", "boundary.kind.local-function"},
	{[]string{"not recognized as an internal or external command"}, "PATHEXT extension found search batch ENOENT", "lookup.application.pathext-ignored"},
	{[]string{"eoferror", "ran out of input"}, "EOFError truncated", ""},
	{[]string{"cannot find context for"}, "start method default", "boundary.default.start-method"},
	{[]string{"exec user process caused"}, "shebang interpreter", "exec.shebang.interpreter-errors"},
	{[]string{"freeze_support", "bootstrapping phase"}, "main guard", ""},
	{[]string{"_thread.lock"}, "lock", "boundary.kind.lock"},
	{[]string{"_thread.rlock"}, "reentrant lock", "boundary.kind.rlock"},
	{[]string{"psycopg2.extensions.connection", "psycopg.connection", "pymysql.connections", "mysql.connector", "sqlalchemy.engine", "pymongo"},
		"connection database", "boundary.kind.database-connection"},
	{[]string{"sslcontext", "_ssl._sslsocket"}, "TLS settings", "boundary.kind.tls-context"},
	{[]string{"async_generator", "_asyncio.task", "_asyncio.future"}, "coroutine awaited", "boundary.kind.coroutine"},
	{[]string{"serialize a bigint"}, "whole number 64 bits", "boundary.kind.big-number"},
	{[]string{"multiprocessing 3.14", "python 3.14", "forkserver default", "default start method", "start method changed"},
		"default start method", "boundary.default.start-method"},
	{[]string{"pickle local object", "get local object"}, "function inside another", "boundary.kind.local-function"},
	{[]string{"<locals>.<lambda>", "pickle <lambda>", "pickle <function <lambda>", "has no attribute '<lambda>'"}, "function without a name", "boundary.kind.lambda"},
	{[]string{"spawn e2big"}, "arguments limited", "argument.limit.total"},
	{[]string{"multi-threaded, use of fork", "multithreaded fork", "fork threads deadlock"}, "fork threads warning", "boundary.method.fork-threads-warning"},
	{[]string{"found relative to current directory", "errdot"}, "current directory PATH dot", "lookup.path.empty-element"},
	{[]string{"executable file not found in"}, "PATH search found", "lookup.path.first-match-wins"},
	{[]string{"current process has finished its bootstrapping phase", "attempt has been made to start a new process before"}, "main guard", "boundary.main.guard-missing"},
	// Words of the trade.
	{[]string{"defunct"}, "zombie", "wait.zombie.persists"},
	{[]string{"process.exit", "sys.exit", "os._exit", "system.exit"}, "exit", ""},
	{[]string{"truncated at 65536", "truncated at 64k", "stops at 64k", "output truncated", "stdout truncated", "truncates stdout", "loses stdout",
		"output is cut off", "output cut off"}, "output arrives pipe exit", "runtime.output.pipe"},
	{[]string{"zombie", "zombies"}, "zombie wait", ""},
	{[]string{"die", "dies", "dying"}, "exit ends killed", ""},
	{[]string{"parent die", "parent dies", "parent died", "parent exits", "parent is killed", "parent ends", "parent crashes", "die with parent",
		"die with its parent", "outlive its parent", "outlive the parent", "survive its parent", "survive the parent"},
		"orphan reparented pdeathsig job close", "wait.orphan.not-killed"},
	{[]string{"grandchild", "grandchildren", "descendants", "process tree", "whole tree", "kill tree"},
		"group members children job tree", "signal.group.kill-all-members"},
	{[]string{"reap", "reaping", "reaped"}, "zombie wait", ""},
	{[]string{"batch", "bat file", "cmd file"}, "batch .bat .cmd quoting", ""},
	{[]string{"fd leak", "leaked fd", "leaked fds", "fd inheritance", "close_fds"}, "descriptor inherited close-on-exec", ""},
	{[]string{"cloexec", "o_cloexec"}, "close-on-exec descriptor", ""},
	{[]string{"fd", "fds", "file descriptor"}, "descriptor", ""},
	{[]string{"env", "environ", "env var", "environment variable"}, "environment variable", ""},
	{[]string{"cwd", "current directory", "working directory"}, "directory", ""},
	{[]string{"ctrl c", "keyboardinterrupt"}, "SIGINT console control interrupt", ""},
	{[]string{"shebang", "hashbang"}, "shebang interpreter", ""},
	{[]string{"bad interpreter"}, "shebang interpreter", "exec.shebang.interpreter-errors"},
	{[]string{"to pass options in shebang lines"}, "shebang interpreter argument ENOENT", "exec.shebang.argument-single-or-split"},
	{[]string{"tty", "controlling tty", "job control"}, "terminal session", ""},
	{[]string{"subreaper", "pid 1", "pid1", "init process", "reparented", "reparenting"}, "orphan reparented", "wait.orphan.reparented"},
	{[]string{"hang", "hangs", "stuck", "deadlock"}, "hangs blocked deadlock", ""},
	{[]string{"pickle", "pickling", "picklable"}, "pickle serialized", ""},
	{[]string{"stdin"}, "standard input", ""},
	{[]string{"stdout"}, "standard output", ""},
	{[]string{"stderr"}, "standard error", ""},
	{[]string{"fork bomb"}, "limit processes main guard endlessly", ""},
	{[]string{"escape arguments", "quoting", "quotes", "backslash"}, "argument quoting", ""},
}

// context says what a message is about when the text around it says more than the
// message does.
type context struct {
	message, around func() *regexp.Regexp
	first           string
}

// contexts are tried in this order, and the last one that fits counts.
var contexts = []context{
	{like(`\boperation not permitted\b|\beperm\b`), like(`\bsetpgid\b|\bsetpgrp\b`), "signal.group.setpgid-errors"},
	// Which object holds the stream is not in the message. Few hand over the stream itself;
	// the notes of Python 3.14 name all that is between.
	{streamRefused, like(`.`), "boundary.kind.bound-method-of-stream-holder"},
	{streamRefused, like(`(?:instances|object) when serializing (?:tuple|list) item \d+ when serializing dict item args\b`), "boundary.kind.text-file"},
	{streamRefused, like(`\bunittest\b|\btestcase\b|\boriginal stdout\b|\bline \d+ in test\b`), "boundary.story.testcase"},
}

// streamRefused is the message about an open text file, in the words of several versions.
var streamRefused = like(`\b(?:cannot|can t) (?:pickle|serialize) (?:io )?textiowrapper\b`)

// Firsts lists the behaviours that meanings lead to.
func Firsts() (ids []string) {
	for _, m := range meanings {
		if m.first != "" {
			ids = append(ids, m.first)
		}
	}
	for _, n := range notes {
		if n.first != "" {
			ids = append(ids, n.first)
		}
	}
	for _, c := range contexts {
		ids = append(ids, c.first)
	}
	return ids
}
