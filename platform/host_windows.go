package platform

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/spawnspec/spawnspec/platform/win32"
)

// probeImplementation looks for the functions that Wine adds to ntdll for those
// who want to know.
func probeImplementation() (name, marker string) {
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil {
		return "Wine", "wine_get_version in ntdll.dll"
	}
	return "Windows", "no wine_get_version in ntdll.dll"
}

const currentVersion = `SOFTWARE\Microsoft\Windows NT\CurrentVersion`

// registryValue reads a string or a number below HKEY_LOCAL_MACHINE.
func registryValue(path, name string) (string, error) {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE)
	if err != nil {
		return "", err
	}
	defer key.Close()
	n, kind, err := key.GetIntegerValue(name)
	if err == nil || kind == registry.DWORD {
		return strconv.FormatUint(n, 10), err
	}
	text, _, err := key.GetStringValue(name)
	return text, err
}

func osName() (string, error) {
	product, err := registryValue(currentVersion, "ProductName")
	name := productName(product, windows.RtlGetVersion().BuildNumber)
	if display, err := registryValue(currentVersion, "DisplayVersion"); err == nil {
		name += " " + display
	}
	return name, err
}

// productName is the product's name; that in the registry of Windows 11 goes on
// saying Windows 10.
func productName(registered string, build uint32) string {
	const windows11 = 22000
	if build < windows11 {
		return registered
	}
	return strings.Replace(registered, "Windows 10", "Windows 11", 1)
}

func (h *host) kernel() {
	if Implementation() == "Wine" {
		ntdll := windows.NewLazySystemDLL("ntdll.dll")
		h.ask("implementation.version", func() (string, error) {
			version, _, _ := ntdll.NewProc("wine_get_version").Call()
			return cString(version), nil
		})
		h.ask("implementation.host", func() (string, error) {
			var system, release uintptr
			_, _, _ = ntdll.NewProc("wine_get_host_version").Call(uintptr(unsafe.Pointer(&system)), uintptr(unsafe.Pointer(&release)))
			return strings.TrimSpace(cString(system) + " " + cString(release)), nil
		})
	}
	h.ask("kernel.release", func() (string, error) {
		v := windows.RtlGetVersion()
		return fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber), nil
	})
	h.ask("kernel.update", func() (string, error) { return registryValue(currentVersion, "UBR") })
}

// cString copies a C string that lives as long as the process.
func cString(p uintptr) string {
	if p == 0 {
		return ""
	}
	return windows.BytePtrToString(*(**byte)(unsafe.Pointer(&p)))
}

// translation compares the machine with what this was built for; see "IsWow64Process2".
func translation() (string, error) {
	var process, native uint16
	if err := windows.IsWow64Process2(windows.CurrentProcess(), &process, &native); err != nil {
		return "", err
	}
	machine := map[uint16]string{0x014c: "386", 0x8664: "amd64", 0xaa64: "arm64"}[native]
	switch machine {
	case runtime.GOARCH:
		return "none", nil
	case "":
		return fmt.Sprintf("on machine type %#x", native), nil
	}
	return "on " + machine, nil
}

func libc() (string, error) { return "none needed: this binary calls the Windows API", nil }

func (h *host) privilege() {
	h.ask("user", func() (string, error) {
		if windows.GetCurrentProcessToken().IsElevated() {
			return "elevated", nil
		}
		return "not elevated", nil
	})
}

func (h *host) surroundings() {
	h.ask("job", job)
	h.ask("console", func() (string, error) {
		answer, _ := probeConsole()
		return string(answer), nil
	})
}

// job reports whether this process is in a job already, and with which of the
// limits that reach its children; see "JOBOBJECT_BASIC_LIMIT_INFORMATION".
func job() (string, error) {
	in, err := win32.InJob(win32.Self, 0)
	if err != nil {
		return "", err
	}
	if !in {
		return "none", nil
	}
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	if err := windows.QueryInformationJobObject(0, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)), nil); err != nil {
		return "in one, limits unknown: " + ErrorName(err), nil
	}
	var limits []string
	for _, l := range []struct {
		bit  uint32
		name string
	}{
		{windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, "kill on close"}, {windows.JOB_OBJECT_LIMIT_BREAKAWAY_OK, "breakaway"},
		{windows.JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK, "silent breakaway"}, {windows.JOB_OBJECT_LIMIT_ACTIVE_PROCESS, "active processes"},
		{windows.JOB_OBJECT_LIMIT_JOB_MEMORY, "memory"}, {windows.JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION, "die on unhandled exception"},
	} {
		if info.BasicLimitInformation.LimitFlags&l.bit != 0 {
			limits = append(limits, l.name)
		}
	}
	return "in one, limits: " + list(limits), nil
}

func (h *host) limits() {}

func terminal(number int) (string, error) {
	handle, err := windows.GetStdHandle([]uint32{windows.STD_INPUT_HANDLE, windows.STD_OUTPUT_HANDLE, windows.STD_ERROR_HANDLE}[number])
	if err != nil || handle == 0 {
		return "closed", err
	}
	var mode uint32
	return yes(windows.GetConsoleMode(handle, &mode) == nil), nil
}

// filesystem gives the type of the volume that a path lies on. Windows mounts
// nothing noexec or nosuid.
func filesystem(path string) (name, flags string, err error) {
	root, err := syscall.UTF16PtrFromString(filepath.VolumeName(path) + `\`)
	if err != nil {
		return "", "", err
	}
	var text [windows.MAX_PATH + 1]uint16
	var bits uint32
	if err := windows.GetVolumeInformation(root, nil, 0, nil, nil, &bits, &text[0], uint32(len(text))); err != nil {
		return "", "", err
	}
	var set []string
	if bits&windows.FILE_READ_ONLY_VOLUME != 0 {
		set = append(set, "ro")
	}
	return windows.UTF16ToString(text[:]), list(set), nil
}

// free is the room below a path that this user may use, in bytes.
func free(path string) (uint64, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	var available uint64
	err = windows.GetDiskFreeSpaceEx(name, &available, nil, nil)
	return available, err
}

func (h *host) settings() {
	h.ask("codepage.ansi", func() (string, error) { return strconv.Itoa(int(windows.GetACP())), nil })
	h.ask("codepage.oem", func() (string, error) {
		page, _, _ := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetOEMCP").Call()
		return strconv.Itoa(int(page)), nil
	})
	h.ask("path.long", func() (string, error) {
		value, err := registryValue(`SYSTEM\CurrentControlSet\Control\FileSystem`, "LongPathsEnabled")
		if os.IsNotExist(err) {
			return "no", nil
		}
		return yes(value == "1"), err
	})
}
