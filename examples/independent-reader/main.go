// Independent-reader reads an OpenQuality log over HTTP and verifies it without any OpenQuality
// code: the note, tile and proof code is golang.org/x/mod/sumdb, by the authors of these formats.
//
//	(1) the checkpoint's signature under the given verifier key
//	(2) the tree's root from the hash tiles
//	(3) every entry of the entry bundles: its inclusion in that tree
//
// It prints one line for each entry and exits with 1 at the first contradiction.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height   = 8 // C2SP tlog-tiles has no other
	maxBytes = 256 * (2 + 65535)
)

var errMissing = errors.New("not there")

// A site fetches the log's files below its address.
type site struct {
	prefix string
	client http.Client
	tiles  map[tlog.Tile][]byte // those that the root has proved; a monitor would keep them on disk
}

func main() {
	log := flag.String("log", "http://127.0.0.1:8080", "address of the log")
	vkey := flag.String("vkey", "", "the log's verifier key: name+hash+key")
	flag.Parse()
	if err := run(*log, *vkey); err != nil {
		fmt.Fprintln(os.Stderr, "FAILED:", err)
		os.Exit(1)
	}
}

func run(address, vkey string) error {
	s := &site{
		prefix: strings.TrimSuffix(address, "/") + "/",
		client: http.Client{Timeout: 30 * time.Second},
		tiles:  map[tlog.Tile][]byte{},
	}
	// (1)
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return fmt.Errorf("-vkey: %w", err)
	}
	data, err := s.get("checkpoint")
	if err != nil {
		return err
	}
	signed, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	tree, err := parse(signed.Text, verifier.Name())
	if err != nil {
		return err
	}
	fmt.Printf("checkpoint of %s: signature good, %d entries, root %v\n", verifier.Name(), tree.N, tree.Hash)
	if tree.N == 0 {
		return nil
	}
	// (2)
	reader := tlog.TileHashReader(tree, s)
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the tiles have the root %v", root)
	}
	fmt.Println("root from the hash tiles: the same")
	// (3)
	for n := int64(0); n*256 < tree.N; n++ {
		width := min(tree.N-n*256, 256)
		entries, err := s.bundle(n, width)
		if err != nil {
			return err
		}
		for i, entry := range entries {
			index := n*256 + int64(i)
			proof, err := tlog.ProveRecord(tree.N, index, reader)
			if err != nil {
				return err
			}
			leaf := tlog.RecordHash(entry)
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf); err != nil {
				return fmt.Errorf("entry %d: %w", index, err)
			}
			fmt.Printf("%d %s\n", index, entry)
		}
	}
	fmt.Printf("included: all %d entries\n", tree.N)
	return nil
}

// parse reads the text of a checkpoint: origin, size, root; further lines are extensions.
func parse(text, origin string) (tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] != origin {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s:\n%s", origin, text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || lines[1] != strconv.FormatInt(size, 10) {
		return tlog.Tree{}, fmt.Errorf("checkpoint: bad size %q", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, fmt.Errorf("checkpoint: bad root %q", lines[2])
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree, nil
}

// bundle fetches an entry bundle and takes its first width entries apart.
func (s *site) bundle(n, width int64) ([][]byte, error) {
	data, err := s.tile(tlog.Tile{H: height, L: -1, N: n, W: int(width)})
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for int64(len(entries)) < width {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("entry bundle %d ends within entry %d", n, len(entries))
		}
		stop := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:stop])
		data = data[stop:]
	}
	return entries, nil
}

// Height implements tlog.TileReader.
func (s *site) Height() int { return height }

// ReadTiles implements tlog.TileReader. What it returns is checked against the tree by tlog.
func (s *site) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		data, ok := s.tiles[t]
		if !ok {
			var err error
			if data, err = s.tile(t); err != nil {
				return nil, err
			}
			if want := t.W * tlog.HashSize; len(data) > want {
				data = data[:want] // from the full tile
			}
		}
		all = append(all, data)
	}
	return all, nil
}

// SaveTiles implements tlog.TileReader: tlog calls it with tiles that it has checked.
func (s *site) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	for i, t := range tiles {
		s.tiles[t] = data[i]
	}
}

// tile fetches a tile; the full one where the partial one has gone.
func (s *site) tile(t tlog.Tile) ([]byte, error) {
	data, err := s.get(path(t))
	if errors.Is(err, errMissing) && t.W < 256 {
		t.W = 256
		data, err = s.get(path(t))
	}
	return data, err
}

// path writes a tile's path as C2SP does: without the height, and with the bundles' own name.
func path(t tlog.Tile) string {
	p := strings.Replace(t.Path(), "tile/8/", "tile/", 1)
	return strings.Replace(p, "tile/data/", "tile/entries/", 1)
}

func (s *site) get(path string) ([]byte, error) {
	response, err := s.client.Get(s.prefix + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%s: %w", path, errMissing)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, maxBytes))
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}
