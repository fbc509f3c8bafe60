package dev.mtls.source.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldersTest {
    @TempDir
    Path temporary;

    private Path folder;

    @BeforeEach
    void resolveFolder() throws IOException {
        folder = temporary.toRealPath();
    }

    private Path version(String name, String... files) throws IOException {
        for (String file : files) {
            Path path = folder.resolve(name).resolve(file);
            Files.createDirectories(path.getParent());
            Files.writeString(path, name);
        }
        Files.deleteIfExists(folder.resolve("..data"));
        Files.createSymbolicLink(folder.resolve("..data"), Path.of(name));
        return folder.resolve(name);
    }

    @Test
    void locate_volumeSwappedBetween_staysInTheVersion() throws IOException {
        Path one = version("..1", "a", "b");
        Folders folders = new Folders();
        assertThat(folders.locate(folder.resolve("a"))).isEqualTo(one.resolve("a"));

        Path two = version("..2", "a", "b");
        assertThat(folders.locate(folder.resolve("b"))).isEqualTo(one.resolve("b"));
        assertThat(new Folders().locate(folder.resolve("b"))).isEqualTo(two.resolve("b"));
    }

    @Test
    void locate_fileInAFolderOfTheVolume_isInTheVersion() throws IOException {
        Path one = version("..1", "certificates/a");
        Files.createSymbolicLink(folder.resolve("certificates"), Path.of("..data", "certificates"));

        assertThat(new Folders().locate(folder.resolve("certificates/a"))).isEqualTo(one.resolve("certificates/a"));
    }

    @Test
    void locate_fileBesideTheVersions_isItself() throws IOException {
        version("..1", "a");
        Files.writeString(folder.resolve("b"), "b");

        assertThat(new Folders().locate(folder.resolve("b"))).isEqualTo(folder.resolve("b"));
    }

    @Test
    void locate_folderThatIsALink_isResolvedOnce() throws IOException {
        Path one = Files.createDirectory(folder.resolve("one"));
        Path two = Files.createDirectory(folder.resolve("two"));
        for (Path version : new Path[] {one, two}) {
            Files.writeString(version.resolve("a"), "a");
            Files.writeString(version.resolve("b"), "b");
        }
        Path current = Files.createSymbolicLink(folder.resolve("current"), one);
        Folders folders = new Folders();
        assertThat(folders.locate(current.resolve("a"))).isEqualTo(one.resolve("a"));

        Files.delete(current);
        Files.createSymbolicLink(current, two);
        assertThat(folders.locate(current.resolve("b"))).isEqualTo(one.resolve("b"));
    }

    @Test
    void locate_missingFile_isItself() {
        Path missing = folder.resolve("absent/a");

        assertThat(new Folders().locate(missing)).isEqualTo(missing);
        assertThat(new Folders().locate(Path.of("a")).isAbsolute()).isTrue();
    }
}
