package win32

// MaxCommandLine is the longest command line of CreateProcessW in UTF-16 code
// units, its final NUL included; see "CreateProcessW".
const MaxCommandLine = 32767
