package internal

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/internal/cli"
)

// What makes a release is spread over files that no compiler reads. What it then holds,
// .ci/package looks into; here is what must not drift apart until then.

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func wxauth(t *testing.T, args ...string) string {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	exit := cli.Run(context.Background(), cli.Env{Args: args, Stdout: out, Stderr: out})
	text, err := os.ReadFile(out.Name())
	if err != nil || exit != 0 {
		t.Fatalf("wxauth %v: exit %d, %v: %s", args, exit, err, text)
	}
	return string(text)
}

// found is what the pattern's group matches, in order.
func found(pattern, text string) []string {
	var all []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

func TestAReleaseHasTheCompletionOfEveryShell(t *testing.T) {
	release, check := read(t, ".goreleaser.yaml"), read(t, ".ci/package")
	shells := found(`(?m)^(\w+)$`, wxauth(t, "__complete", "completion", ""))
	if len(shells) < 4 {
		t.Fatalf("only %q complete", shells)
	}
	for _, shell := range shells {
		if !strings.Contains(release, "out/wxauth completion "+shell+" > out/completions/wxauth.") {
			t.Errorf(".goreleaser.yaml makes no completion for %s", shell)
		}
		if !regexp.MustCompile(`\b` + shell + `:\w+`).MatchString(check) {
			t.Errorf(".ci/package does not look for the completion of %s", shell)
		}
	}
}

func TestTheCaskHasEveryPage(t *testing.T) {
	dir := t.TempDir()
	wxauth(t, "man", "--dir", dir)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var pages []string
	for _, f := range files {
		pages = append(pages, f.Name())
	}
	if listed := found(`(?m)^ +- man/(.*)$`, read(t, ".goreleaser.yaml")); !slices.Equal(listed, pages) {
		t.Errorf("the cask of .goreleaser.yaml lists the pages\n%q\nand there are, in this order\n%q", listed, pages)
	}
}

// One patch of Go builds, tests and judges a release: another makes other binaries.
func TestOneGoMakesARelease(t *testing.T) {
	line := found(`(?m)^go (\d+\.\d+)\.\d+$`, read(t, "go.mod"))[0]
	judged := found(`(?m)^export GOTOOLCHAIN=go(.*)$`, read(t, ".ci/release"))[0]
	if !strings.HasPrefix(judged, line+".") {
		t.Errorf(".ci/release uses Go %s, go.mod wants %s", judged, line)
	}
	for path, pattern := range map[string]string{
		".ci/package":                   `(?m)^export GOTOOLCHAIN=go(.*)$`,
		".goreleaser.yaml":              `(?m)GOTOOLCHAIN=go(.*)$`,
		"Dockerfile":                    `golang:([\d.]+)-`,
		".github/workflows/ci.yml":      `(?:golang:|go-version: )([\d.]+)`,
		".github/workflows/release.yml": `(?:golang:|go-version: )([\d.]+)`,
		"docs/releasing.md":             `GOTOOLCHAIN=go([\d.]+)`,
	} {
		used := found(pattern, read(t, path))
		if len(used) == 0 {
			t.Errorf("%s names no version of Go", path)
		}
		for _, v := range used {
			if v != judged {
				t.Errorf("%s uses Go %s, .ci/release %s", path, v, judged)
			}
		}
	}
}

func TestWorkflowsRunTheTestsAndPinWhatTheyUse(t *testing.T) {
	for _, path := range []string{".github/workflows/ci.yml", ".github/workflows/release.yml"} {
		text := read(t, path)
		for _, script := range []string{".ci/run", ".ci/package"} {
			if !strings.Contains(text, "- run: "+script+"\n") {
				t.Errorf("%s does not run %s", path, script)
			}
		}
		for _, action := range found(`uses: (.*)`, text) {
			if !regexp.MustCompile(`^actions/[a-z-]+@v\d+\.\d+\.\d+$`).MatchString(action) {
				t.Errorf("%s: %s has no full version, or is not GitHub's own", path, action)
			}
		}
		if !strings.Contains(text, "\npermissions:\n  contents: read\n\n") {
			t.Errorf("%s: what a job may do beyond reading, it says itself", path)
		}
	}
	if tested := regexp.MustCompile(`(?m)^  release:\n(?:    #.*\n)*    needs: everything$`); !tested.MatchString(read(t, ".github/workflows/release.yml")) {
		t.Error("a release does not wait for the tests")
	}
}

func TestTheChangelogBeginsWithAVersion(t *testing.T) {
	text := read(t, "CHANGELOG.md")
	top := found(`(?m)^## (.*)$`, text)[0]
	m := regexp.MustCompile(`^\[(\d+\.\d+\.\d+(?:-rc\.\d+)?)\] - (Unreleased|\d{4}-\d\d-\d\d)$`).FindStringSubmatch(top)
	if m == nil {
		t.Fatalf("CHANGELOG.md begins with %q, not with a version and its day", top)
	}
	if !strings.Contains(text, "\n["+m[1]+"]: https://"+module+"/releases/tag/v"+m[1]+"\n") {
		t.Errorf("CHANGELOG.md has no link for %s", m[1])
	}
}

// The version comes from git: without .git in the image's build there is none, and it is
// "+dirty" where a file of git is missing.
func TestTheImageIsBuiltFromWhatGitHolds(t *testing.T) {
	ignored := strings.Fields(read(t, ".gitignore"))
	for _, l := range strings.Split(strings.TrimSpace(read(t, ".dockerignore")), "\n") {
		if !strings.HasPrefix(l, "#") && !slices.Contains(ignored, strings.TrimPrefix(l, "**/")) {
			t.Errorf(".dockerignore leaves out %s, which git does not ignore", l)
		}
	}
	image := read(t, "Dockerfile")
	if !regexp.MustCompile(`(?m)^FROM scratch$[\s\S]*^USER \d+:\d+$[\s\S]*^ENTRYPOINT \["/wxauth"\]$`).MatchString(image) {
		t.Error("the image is not wxauth alone, run by a user with a number")
	}
	flags := found(`(?m)^    flags: \[(.*)\]`, read(t, ".goreleaser.yaml"))[0]
	for _, flag := range strings.Split(flags, ", ") {
		if !strings.Contains(image, " "+flag+" ") {
			t.Errorf("the image is not built with %s, as a release is", flag)
		}
	}
}
