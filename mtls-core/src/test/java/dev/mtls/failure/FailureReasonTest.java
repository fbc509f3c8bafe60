package dev.mtls.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class FailureReasonTest {
    /** Counted and alerted on by users: a label may be added, but none may change or go. */
    private static final List<String> LABELS = List.of(
            "no-certificate",
            "malformed-certificate",
            "no-uri-san",
            "multiple-uri-sans",
            "malformed-spiffe-id",
            "id-without-path",
            "leaf-is-ca",
            "leaf-without-key-usage",
            "leaf-without-digital-signature",
            "leaf-may-sign-certificates",
            "leaf-extended-key-usage",
            "intermediate-not-ca",
            "intermediate-spiffe-id",
            "expired",
            "not-yet-valid",
            "chain-too-large",
            "unsupported-algorithm",
            "no-bundle",
            "unknown-authority",
            "name-constraints",
            "invalid-path",
            "revoked",
            "revocation-unknown",
            "policy-denied",
            "handshake-failed",
            "renegotiation",
            "drained",
            "no-private-key",
            "malformed-private-key",
            "key-mismatch",
            "authority-not-ca",
            "malformed-crl",
            "malformed-csr",
            "unexpected-identity",
            "provider-unsuitable",
            "unreadable-file",
            "no-identity",
            "source-closed",
            "source-unreachable");

    @Test
    void labels_all_areAsTheyHaveAlwaysBeen() {
        assertThat(FailureReason.values()).extracting(FailureReason::label).containsExactlyInAnyOrderElementsOf(LABELS);
    }

    @Test
    void toString_anyReason_isItsLabel() {
        assertThat(FailureReason.values())
                .allSatisfy(reason -> assertThat(reason).hasToString(reason.label()));
    }

    /** The labels are made once per class loader: a fresh one makes them under the locale that is now the default. */
    @Test
    void labels_madeInTurkish_sameAsElsewhere() throws Exception {
        URL classes = FailureReason.class.getProtectionDomain().getCodeSource().getLocation();
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr-TR"));
        try (URLClassLoader fresh = new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader())) {
            Object[] reasons = fresh.loadClass(FailureReason.class.getName()).getEnumConstants();

            assertThat(reasons).doesNotContain((Object[]) FailureReason.values());
            assertThat(Arrays.stream(reasons).map(Object::toString)).containsExactlyInAnyOrderElementsOf(LABELS);
        } finally {
            Locale.setDefault(before);
        }
    }
}
