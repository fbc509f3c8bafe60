package dev.mtls.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.Role;
import dev.mtls.source.SnapshotPublisher;
import dev.mtls.source.X509Context;
import dev.mtls.source.X509Update;
import dev.mtls.svid.X509Svid;
import dev.mtls.testkit.TestCa;
import dev.mtls.trust.X509Bundle;
import dev.mtls.trust.X509BundleSet;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** The verifier with a snapshot: what a test needs to have a chain judged. */
record Judge(X509Context context, X509SvidVerifier verifier) {
    private static final TestCa OWN_CA = TestCa.root("self.test");
    private static final X509Svid OWN = OWN_CA.leaf("spiffe://self.test/own").svid(Clock.systemUTC());

    /** With these bundles and the time of the machine. */
    static Judge of(X509Bundle... bundles) {
        return of(List.of(), bundles);
    }

    static Judge of(TestCa... authorities) {
        List<X509Bundle> bundles = new ArrayList<>();
        for (TestCa authority : authorities) {
            bundles.add(authority.bundle());
        }
        return of(List.of(), bundles.toArray(X509Bundle[]::new));
    }

    static Judge of(List<X509CRL> crls, X509Bundle... bundles) {
        X509BundleSet set = X509BundleSet.of(bundles).with(OWN_CA.bundle());
        try {
            X509Context context =
                    new SnapshotPublisher(Clock.systemUTC(), null).publish(new X509Update(List.of(OWN), set, crls));
            return new Judge(context, X509SvidVerifier.create(Clock.systemUTC()));
        } catch (SvidRejectedException e) {
            throw new AssertionError(e);
        }
    }

    Judge at(Instant now) {
        return new Judge(context, X509SvidVerifier.create(Clock.fixed(now, ZoneOffset.UTC)));
    }

    Judge at(Instant now, Duration notBeforeTolerance) {
        return new Judge(context, X509SvidVerifier.create(Clock.fixed(now, ZoneOffset.UTC), notBeforeTolerance));
    }

    VerifiedPeer verify(List<X509Certificate> chain) throws PeerVerificationException {
        return verifier.verifyChain(chain, context, Role.CLIENT);
    }

    VerifiedPeer accepts(TestCa.Leaf leaf) {
        return accepts(leaf.chain());
    }

    VerifiedPeer accepts(List<X509Certificate> chain) {
        try {
            return verify(chain);
        } catch (PeerVerificationException e) {
            throw new AssertionError("expected: accepted, but: " + e.getMessage(), e);
        }
    }

    PeerVerificationException refuses(TestCa.Leaf leaf, FailureReason reason) {
        return refuses(leaf.chain(), reason);
    }

    PeerVerificationException refuses(List<X509Certificate> chain, FailureReason reason) {
        Throwable thrown = catchThrowable(() -> verify(chain));
        assertThat(thrown).isInstanceOf(PeerVerificationException.class);
        PeerVerificationException refusal = (PeerVerificationException) thrown;
        assertThat(refusal.reason()).as(refusal.getMessage()).isEqualTo(reason);
        return refusal;
    }
}
