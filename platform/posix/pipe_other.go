//go:build !unix

package posix

// Flags of Open, and ends of Shutdown.
const O_RDONLY, O_WRONLY, O_RDWR, SHUT_RD, SHUT_WR = 0, 0, 0, 0, 0

func Pipe() (r, w int, err error)              { return 0, 0, errNone }
func Socketpair() (a, b int, err error)        { return 0, 0, errNone }
func Open(path string, flags int) (int, error) { return 0, errNone }
func Close(fd int) error                       { return errNone }
func Read(fd int, b []byte) (int, error)       { return 0, errNone }
func Write(fd int, b []byte) (int, error)      { return 0, errNone }
func SetNonblock(fd int, nonblock bool) error  { return errNone }
func Poll(fd int) ([]string, error)            { return nil, errNone }
func Shutdown(fd, how int) error               { return errNone }
func SendFD(socket, fd int) error              { return errNone }
func ReceiveFD(socket int) (int, error)        { return 0, errNone }
