package dev.mtls.internal.tls;

import java.io.File;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.security.Provider;
import java.util.Arrays;
import java.util.Optional;
import org.conscrypt.Conscrypt;
import org.jspecify.annotations.Nullable;

/** Finds Conscrypt at run time. It is never installed: its provider object is handed to {@code SSLContext.getInstance}. */
final class ConscryptLibrary {
    private ConscryptLibrary() {}

    /** Loads at the first use, once. */
    private static final class Holder {
        static final @Nullable Provider PROVIDER;
        static final @Nullable String MISSING;

        static {
            Provider provider = null;
            String missing = null;
            try {
                provider = Loader.load();
            } catch (NoClassDefFoundError e) {
                missing = explainAbsence();
            } catch (LinkageError | RuntimeException e) {
                missing = "Conscrypt's native library does not load here (" + e.getMessage() + ")";
            }
            PROVIDER = provider;
            MISSING = missing;
        }
    }

    /** Apart, so that this class can be linked where Conscrypt is absent. */
    private static final class Loader {
        static Provider load() {
            Conscrypt.checkAvailability();
            return Conscrypt.newProviderBuilder().provideTrustManager(false).build();
        }
    }

    /** Why Conscrypt cannot be used, or empty if it can. */
    static Optional<String> whyNotAvailable() {
        return Optional.ofNullable(Holder.MISSING);
    }

    static Provider provider() {
        Provider provider = Holder.PROVIDER;
        if (provider == null) {
            throw new IllegalStateException(Holder.MISSING);
        }
        return provider;
    }

    private static String explainAbsence() {
        return isOnModulePath()
                ? "Conscrypt is on the module path but not resolved: --add-modules org.conscrypt"
                : "Conscrypt is not on the class path (org.conscrypt:conscrypt-openjdk-uber)";
    }

    private static boolean isOnModulePath() {
        String modulePath = System.getProperty("jdk.module.path");
        if (modulePath == null || ModuleLayer.boot().findModule("org.conscrypt").isPresent()) {
            return false;
        }
        Path[] entries = Arrays.stream(modulePath.split(File.pathSeparator))
                .map(Path::of)
                .toArray(Path[]::new);
        try {
            return ModuleFinder.of(entries).find("org.conscrypt").isPresent();
        } catch (FindException e) {
            return false;
        }
    }
}
