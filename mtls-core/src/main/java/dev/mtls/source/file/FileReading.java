package dev.mtls.source.file;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SourceUnavailableException;
import dev.mtls.internal.pem.Pem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks at files and reads them, bounded in size, with errors that name the file and say what is wrong with it. */
final class FileReading {
    private static final int NAMES_IN_MESSAGE = 10;

    private FileReading() {}

    /**
     * What a file system tells about a file without reading it. Equal stats make an unchanged content likely and no more: a file can be
     * rewritten with the same size within one tick of its clock, and copies may keep the time of their original.
     */
    record Stat(
            Path located,
            long size,
            long modifiedNanos,
            @Nullable Object key,
            @Nullable Object changed) {}

    /** The stat of each file, by its configured path. */
    static Map<Path, Stat> stat(Iterable<Path> files, Folders folders) throws SourceUnavailableException {
        Map<Path, Stat> stats = new LinkedHashMap<>();
        for (Path file : files) {
            stats.put(file, stat(file, folders.locate(file)));
        }
        return stats;
    }

    private static Stat stat(Path file, Path located) throws SourceUnavailableException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(located, BasicFileAttributes.class);
            // Opening a pipe would block until somebody writes to it.
            if (!attributes.isRegularFile()) {
                throw unreadable(
                        file + (attributes.isDirectory() ? " is a folder" : " is not a regular file")
                                + " (expected: a file)",
                        null);
            }
            long modified = attributes.lastModifiedTime().to(java.util.concurrent.TimeUnit.NANOSECONDS);
            return new Stat(located, attributes.size(), modified, attributes.fileKey(), changeTime(located));
        } catch (IOException e) {
            throw explained(file, e);
        }
    }

    /** The time of the inode's last change, which no copy preserves; null where the platform has none. */
    private static @Nullable Object changeTime(Path located) throws IOException {
        if (!located.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return null;
        }
        return Files.getAttribute(located, "unix:ctime");
    }

    /** The content of each file, by its configured path. */
    static Map<Path, byte[]> read(Map<Path, Stat> stats) throws SourceUnavailableException {
        Map<Path, byte[]> contents = new LinkedHashMap<>();
        for (Map.Entry<Path, Stat> entry : stats.entrySet()) {
            contents.put(entry.getKey(), read(entry.getKey(), entry.getValue().located()));
        }
        return contents;
    }

    private static byte[] read(Path file, Path located) throws SourceUnavailableException {
        try (InputStream in = Files.newInputStream(located)) {
            byte[] bytes = in.readNBytes(Pem.MAX_BYTES + 1);
            if (bytes.length > Pem.MAX_BYTES) {
                throw unreadable(
                        file + " has more than " + Pem.MAX_BYTES
                                + " bytes (expected: at most that); is it the right file?",
                        null);
            }
            return bytes;
        } catch (IOException e) {
            throw explained(file, e);
        }
    }

    /** The files' digests: enough to tell whether anything has changed, without keeping a key's bytes. */
    static Map<Path, String> digests(Map<Path, byte[]> contents) {
        Map<Path, String> digests = new LinkedHashMap<>();
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            contents.forEach(
                    (path, bytes) -> digests.put(path, Base64.getEncoder().encodeToString(digest.digest(bytes))));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        return digests;
    }

    /** An exception that says what is wrong with the file. */
    static SourceUnavailableException explained(Path file, IOException e) {
        if (e instanceof SourceUnavailableException already) {
            return already;
        }
        if (e instanceof NoSuchFileException) {
            return unreadable(file + " does not exist; " + surroundings(file), e);
        }
        if (e instanceof AccessDeniedException) {
            return unreadable(
                    "no permission to read " + file + " (" + permissions(file) + "this process runs as "
                            + System.getProperty("user.name") + ")",
                    e);
        }
        String why = e instanceof FileSystemException specific ? specific.getReason() : e.getMessage();
        return unreadable(
                file + " cannot be read: " + (why == null ? e.getClass().getSimpleName() : why), e);
    }

    private static SourceUnavailableException unreadable(String message, @Nullable IOException cause) {
        return new SourceUnavailableException(FailureReason.UNREADABLE_FILE, message, cause);
    }

    /** What is where the file should be: most often a name is wrong, or a volume is not mounted. */
    private static String surroundings(Path file) {
        @Nullable Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return "neither does its folder; is the volume mounted?";
        }
        if (Files.isSymbolicLink(file)) {
            return "it is a symbolic link to nothing";
        }
        try (Stream<Path> entries = Files.list(folder)) {
            String names = entries.limit(NAMES_IN_MESSAGE + 1)
                    .map(entry -> String.valueOf(entry.getFileName()))
                    .sorted()
                    .limit(NAMES_IN_MESSAGE)
                    .collect(Collectors.joining(", "));
            return "its folder holds: " + (names.isEmpty() ? "nothing" : names);
        } catch (IOException | UncheckedIOException e) {
            return "its folder exists and cannot be listed (" + permissions(folder) + "this process runs as "
                    + System.getProperty("user.name") + ")";
        }
    }

    private static String permissions(Path path) {
        @Nullable PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        if (view == null) {
            return "";
        }
        try {
            PosixFileAttributes attributes = view.readAttributes();
            return PosixFilePermissions.toString(attributes.permissions()) + ", owner "
                    + attributes.owner().getName() + ", group "
                    + attributes.group().getName() + "; ";
        } catch (IOException e) {
            return "a folder on the way to it cannot be searched; ";
        }
    }
}
