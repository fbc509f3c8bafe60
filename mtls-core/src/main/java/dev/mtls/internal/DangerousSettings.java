package dev.mtls.internal;

import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Opens the settings that weaken to the package {@code danger}, and to nobody else. */
public final class DangerousSettings {
    private static volatile @Nullable Consumer<Object> outliveIdentity;

    private DangerousSettings() {}

    /** Called once by the builder. */
    public static void grantOutliveIdentity(Consumer<Object> setting) {
        outliveIdentity = setting;
    }

    /** Lets connections outlive the identity of their peer. */
    public static void outliveIdentity(Object builder) {
        Objects.requireNonNull(outliveIdentity).accept(builder);
    }
}
