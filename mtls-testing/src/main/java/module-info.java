import org.jspecify.annotations.NullMarked;

/** JUnit extension: ephemeral authorities, rotating identities, a movable clock; the contract that every adapter keeps. */
@NullMarked
module dev.mtls.testing {
    requires transitive dev.mtls.core;
    requires transitive org.junit.jupiter.api;
    requires dev.mtls.ca;
    requires org.bouncycastle.pkix;
    requires org.bouncycastle.provider;
    requires org.slf4j;
    requires static ch.qos.logback.classic;
    requires static ch.qos.logback.core;
    requires static org.jspecify;

    exports dev.mtls.testing;
    exports dev.mtls.testing.contract;

    // JUnit runs the contract's tests, which are not public.
    opens dev.mtls.testing.contract to
            org.junit.platform.commons;
}
