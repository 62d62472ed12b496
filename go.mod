module github.com/spawnspec/spawnspec

go 1.26
