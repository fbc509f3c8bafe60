package dev.mtls.source.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SourceUnavailableException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileReadingTest {
    @TempDir
    Path folder;

    private static void assertUnreadable(SourceUnavailableException e, String... parts) {
        assertThat(e.reason()).isEqualTo(FailureReason.UNREADABLE_FILE);
        assertThat(e).hasMessageContainingAll(parts);
    }

    @Test
    void explained_noPermission_saysWhoseTheFileIsAndWhoWeAre() throws IOException {
        // Tests may run as root, which may read everything: the exception is made up.
        Path file = Files.createFile(folder.resolve("key.pem"));
        String owner = Files.getOwner(file).getName();

        assertUnreadable(
                FileReading.explained(file, new AccessDeniedException(file.toString())),
                "no permission to read " + file,
                "rw-",
                "owner " + owner,
                "runs as " + System.getProperty("user.name"));
    }

    @Test
    void explained_noPermissionOnTheWay_saysSo() {
        Path file = folder.resolve("absent/key.pem");

        assertUnreadable(
                FileReading.explained(file, new AccessDeniedException(file.toString())), "a folder on the way to it");
    }

    @Test
    void explained_danglingLink_saysSo() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("key.pem"), Path.of("absent"));

        assertUnreadable(
                FileReading.explained(link, new NoSuchFileException(link.toString())), "is a symbolic link to nothing");
    }

    @Test
    void explained_folderWithManyFiles_namesAFew() throws IOException {
        for (int i = 0; i < 100; i++) {
            Files.createFile(folder.resolve("file" + i));
        }
        Path file = folder.resolve("key.pem");
        SourceUnavailableException e = FileReading.explained(file, new NoSuchFileException(file.toString()));

        assertUnreadable(e, "does not exist", "its folder holds: file");
        assertThat(e.getMessage()).hasSizeLessThan(300);
    }

    @Test
    void explained_anything_givesTheReason() {
        Path file = folder.resolve("key.pem");

        assertUnreadable(
                FileReading.explained(file, new FileSystemException(file.toString(), null, "Input/output error")),
                file.toString(),
                "Input/output error");
        assertUnreadable(FileReading.explained(file, new IOException()), "IOException");
    }
}
