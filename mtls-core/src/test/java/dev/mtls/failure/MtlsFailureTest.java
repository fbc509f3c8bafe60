package dev.mtls.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.mtls.failure.MtlsFailure.Kind;
import dev.mtls.identity.SpiffeId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MtlsFailureTest {
    private static final SpiffeId PEER = SpiffeId.parse("spiffe://prod/ns/pay/sa/api");
    private static final Exception CAUSE = new IllegalStateException("the cause");

    /** Each of the three exceptions, with each reason, with and without a cause. */
    static Stream<MtlsFailure> failures() {
        return Arrays.stream(FailureReason.values())
                .flatMap(reason -> Stream.of(
                        new PeerVerificationException(reason, PEER, "message"),
                        new PeerVerificationException(reason, PEER, "message", CAUSE),
                        new SvidRejectedException(reason, "message"),
                        new SvidRejectedException(reason, "message", CAUSE),
                        new SourceUnavailableException(reason, "message"),
                        new SourceUnavailableException(reason, "message", CAUSE)));
    }

    @Test
    void failures_anyReason_kept() {
        List<FailureReason> kept = new ArrayList<>();
        failures().forEach(failure -> kept.add(failure.reason()));

        assertThat(kept).hasSize(6 * FailureReason.values().length);
        for (FailureReason reason : FailureReason.values()) {
            assertThat(kept).filteredOn(reason::equals).hasSize(6);
        }
    }

    @ParameterizedTest
    @MethodSource("failures")
    void failure_serialized_keepsReasonKindAndMessage(MtlsFailure failure) throws Exception {
        MtlsFailure copy = copy(failure);

        assertThat(copy).isNotSameAs(failure).hasSameClassAs(failure);
        assertThat(copy.reason()).isSameAs(failure.reason());
        assertThat(copy.kind()).isSameAs(failure.kind());
        assertThat(copy.getMessage()).isEqualTo("message");
        assertThat(((Throwable) copy).getCause() == null).isEqualTo(((Throwable) failure).getCause() == null);
    }

    @Test
    void claimedId_serialized_emptyAndNoError() throws Exception {
        PeerVerificationException failure = new PeerVerificationException(FailureReason.POLICY_DENIED, PEER, "message");

        assertThat(failure.claimedId()).contains(PEER);
        assertThat(copy(failure).claimedId()).isEmpty();
    }

    @Test
    void claimedId_notReadable_empty() {
        assertThat(new PeerVerificationException(FailureReason.NO_CERTIFICATE, null, "message").claimedId())
                .isEmpty();
    }

    @Test
    void kind_eachException_saysWhoseFailureItIs() {
        FailureReason reason = FailureReason.EXPIRED;

        assertThat(new PeerVerificationException(reason, PEER, "m").kind()).isEqualTo(Kind.PEER);
        assertThat(new SvidRejectedException(reason, "m").kind()).isEqualTo(Kind.MATERIAL);
        assertThat(new SourceUnavailableException(reason, "m").kind()).isEqualTo(Kind.SOURCE);
    }

    /** By these types TLS stacks and callers treat them: a CertificateException of a trust manager becomes an alert. */
    @Test
    void exceptions_each_areTheTypesOfTheJdk() {
        FailureReason reason = FailureReason.EXPIRED;

        assertThat(new PeerVerificationException(reason, PEER, "m")).isInstanceOf(CertificateException.class);
        assertThat(new SvidRejectedException(reason, "m"))
                .isInstanceOf(GeneralSecurityException.class)
                .isNotInstanceOf(CertificateException.class);
        assertThat(new SourceUnavailableException(reason, "m")).isInstanceOf(IOException.class);
    }

    @Test
    void exceptions_withCause_keepIt() {
        FailureReason reason = FailureReason.EXPIRED;

        assertThat(new PeerVerificationException(reason, PEER, "m", CAUSE))
                .hasCause(CAUSE)
                .hasMessage("m");
        assertThat(new SvidRejectedException(reason, "m", CAUSE))
                .hasCause(CAUSE)
                .hasMessage("m");
        assertThat(new SourceUnavailableException(reason, "m", CAUSE))
                .hasCause(CAUSE)
                .hasMessage("m");
        assertThat(new PeerVerificationException(reason, PEER, "m")).hasNoCause();
    }

    @Test
    void exceptions_withoutReasonOrMessage_namesTheParameter() {
        FailureReason reason = FailureReason.EXPIRED;

        assertThatNullPointerException()
                .isThrownBy(() -> new PeerVerificationException(null, PEER, "m"))
                .withMessage("reason");
        assertThatNullPointerException()
                .isThrownBy(() -> new PeerVerificationException(reason, PEER, null))
                .withMessage("message");
        assertThatNullPointerException()
                .isThrownBy(() -> new SvidRejectedException(null, "m"))
                .withMessage("reason");
        assertThatNullPointerException()
                .isThrownBy(() -> new SvidRejectedException(reason, null))
                .withMessage("message");
        assertThatNullPointerException()
                .isThrownBy(() -> new SourceUnavailableException(null, "m"))
                .withMessage("reason");
        assertThatNullPointerException()
                .isThrownBy(() -> new SourceUnavailableException(reason, null))
                .withMessage("message");
    }

    @SuppressWarnings("unchecked")
    private static <T> T copy(T object) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (T) in.readObject();
        }
    }
}
