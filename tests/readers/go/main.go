// Reads .env files with the libraries of Go programs, for the tests: one process for many values.
//
//	readers all compose|godotenv FILE COUNT   prints the values of K0, K1, … of one file
//	readers each docker FOLDER COUNT          prints the values of K in the files 0, 1, … of a folder
//	readers version MODULE                    prints the version of a module
//
// Every value is followed by a NUL. In place of one that is not there as a variable of its own stands "missing" and a NUL after a
// byte that no text has; a file with other variables than before, K and after is no right reading either.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/docker/cli/pkg/kvfile"
	"github.com/joho/godotenv"
)

const missing = "\xffmissing"

func main() {
	if len(os.Args) == 3 && os.Args[1] == "version" {
		fmt.Println(version(os.Args[2]))
		return
	}
	reader, place := os.Args[2], os.Args[3]
	count, err := strconv.Atoi(os.Args[4])
	check(err)
	var out strings.Builder
	if os.Args[1] == "all" {
		values, err := all(reader, place)
		check(err)
		for at := range count {
			value, found := values["K"+strconv.Itoa(at)]
			put(&out, value, found && len(values) == count)
		}
	} else {
		for at := range count {
			value, found := docker(filepath.Join(place, strconv.Itoa(at)))
			put(&out, value, found)
		}
	}
	_, err = os.Stdout.WriteString(out.String())
	check(err)
}

func all(reader, file string) (map[string]string, error) {
	switch reader {
	case "compose":
		return dotenv.GetEnvFromFile(map[string]string{}, []string{file})
	case "godotenv":
		return godotenv.Read(file)
	}
	return nil, fmt.Errorf("no reader %s", reader)
}

func docker(file string) (string, bool) {
	nothing := func(string) (string, bool) { return "", false }
	lines, err := kvfile.Parse(file, nothing)
	if err != nil || len(lines) != 3 || lines[0] != "BEFORE=1" || lines[2] != "AFTER=2" {
		return "", false
	}
	return strings.CutPrefix(lines[1], "K=")
}

func put(out *strings.Builder, value string, found bool) {
	if !found {
		value = missing
	}
	out.WriteString(value)
	out.WriteByte(0)
}

func version(module string) string {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return dependency.Version
			}
		}
	}
	return "?"
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
