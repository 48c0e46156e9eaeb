package store

import "testing"

// S-44b: file systems of a network are known by their numbers; the disk's own are not.
func TestNetworkFileSystemsAreKnown(t *testing.T) {
	for magic, want := range map[uint32]string{0x6969: "NFS", 0xff534d42: "SMB", 0xfe534d42: "SMB", 0x517b: "SMB", 0x01021997: "9P", 0xef53: "", 0x01021994: "", 0x9123683e: ""} {
		if got := networkName(magic); got != want {
			t.Errorf("%#x: %q, want %q", magic, got, want)
		}
	}
	if got := NetworkFileSystem(t.TempDir()); got != "" {
		t.Errorf("a folder of this computer lies on %s", got)
	}
	if got := NetworkFileSystem("/does/not/exist"); got != "" {
		t.Error(got)
	}
}
