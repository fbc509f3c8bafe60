package dev.mtls.source.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where folders really are at one moment. Each is resolved once, so that all files of a folder that is swapped by a symbolic link are
 * read from the same version of it.
 *
 * <p>Kubernetes keeps the versions of a volume in folders beside each other, has {@code ..data} point to the current one, and makes
 * the files that a container sees links through {@code ..data}.
 */
final class Folders {
    private static final String DATA = "..data";

    private final Map<Path, Path> resolved = new HashMap<>();

    /** The file in the version of its folder that this object has settled for. */
    Path locate(Path file) {
        Path absolute = file.toAbsolutePath();
        @Nullable Path folder = absolute.getParent();
        if (folder == null) {
            return absolute;
        }
        Path located = resolve(folder).resolve(absolute.getFileName());
        // What lies in a volume beside the swapped files is no part of any version.
        return Files.exists(located) ? located : absolute;
    }

    /** The version of the folder that this object has settled for. */
    Path resolve(Path folder) {
        return resolved.computeIfAbsent(folder.toAbsolutePath(), Folders::realFolder);
    }

    private static Path realFolder(Path folder) {
        for (@Nullable Path volume = folder; volume != null; volume = volume.getParent()) {
            Path data = volume.resolve(DATA);
            if (Files.isSymbolicLink(data)) {
                // A volume's files may lie in folders, which are then links through ..data themselves.
                return real(data).resolve(volume.relativize(folder));
            }
        }
        return real(folder);
    }

    private static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException e) {
            // Reading the file says better what is wrong.
            return folder;
        }
    }
}
