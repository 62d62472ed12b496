package platform

import "testing"

func TestNameOfWindows11(t *testing.T) {
	for _, c := range []struct {
		registered string
		build      uint32
		want       string
	}{
		{"Windows 10 Pro", 19045, "Windows 10 Pro"},
		{"Windows 10 Enterprise", 22000, "Windows 11 Enterprise"},
		{"Windows Server 2025 Datacenter", 26100, "Windows Server 2025 Datacenter"},
	} {
		if name := productName(c.registered, c.build); name != c.want {
			t.Errorf("%q with build %d is %q, not %q", c.registered, c.build, name, c.want)
		}
	}
}
