package dev.mtls.internal.tls;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** {@code SSLParameters.setNamedGroups}, which JDK 20 brought (JDK-8281236). */
final class NamedGroups {
    private static final @Nullable MethodHandle SETTER = find();

    private NamedGroups() {}

    private static @Nullable MethodHandle find() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(
                            SSLParameters.class, "setNamedGroups", MethodType.methodType(void.class, String[].class));
        } catch (NoSuchMethodException e) {
            return null;
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sets the groups where the JDK can; names that the provider does not know are left out by it. */
    static void set(SSLParameters parameters, List<String> groups) {
        if (SETTER == null) {
            return;
        }
        try {
            SETTER.invokeExact(parameters, groups.toArray(String[]::new));
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
