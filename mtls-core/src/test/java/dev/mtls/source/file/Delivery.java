package dev.mtls.source.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** How files get to where they are read. */
enum Delivery {
    /** Truncates and writes each file, one after the other, as spiffe-helper does. */
    IN_PLACE {
        @Override
        void write(Path folder, Map<String, byte[]> files) throws IOException {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Files.write(folder.resolve(file.getKey()), file.getValue());
            }
        }
    },
    /** Writes each file beside its place and moves it there. */
    RENAME {
        @Override
        void write(Path folder, Map<String, byte[]> files) throws IOException {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Path temporary = folder.resolve(file.getKey() + ".tmp");
                Files.write(temporary, file.getValue());
                Files.move(
                        temporary,
                        folder.resolve(file.getKey()),
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
    },
    /** Writes all files to a new folder, swaps the link {@code ..data}, and deletes the old folder, as the kubelet does. */
    KUBERNETES {
        @Override
        void write(Path folder, Map<String, byte[]> files) throws IOException {
            Path version = Files.createDirectory(folder.resolve("..version_" + VERSIONS.incrementAndGet()));
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Files.write(version.resolve(file.getKey()), file.getValue());
            }
            Path data = folder.resolve("..data");
            Path before = Files.exists(data) ? data.toRealPath() : null;
            Path temporary = Files.createSymbolicLink(folder.resolve("..data_tmp"), version.getFileName());
            Files.move(temporary, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            for (String name : files.keySet()) {
                Path link = folder.resolve(name);
                if (!Files.isSymbolicLink(link)) {
                    Files.createSymbolicLink(link, Path.of("..data", name));
                }
            }
            if (before != null) {
                deleteTree(before);
            }
        }
    };

    private static final AtomicLong VERSIONS = new AtomicLong();

    /** Writes the files, in order. */
    abstract void write(Path folder, Map<String, byte[]> files) throws IOException;

    /** Writes texts, in order. */
    void writeTexts(Path folder, Map<String, String> files) {
        Map<String, byte[]> contents = new java.util.LinkedHashMap<>();
        files.forEach((name, text) -> contents.put(name, text.getBytes(StandardCharsets.US_ASCII)));
        try {
            write(folder, contents);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
