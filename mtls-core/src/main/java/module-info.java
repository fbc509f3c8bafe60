/** Mesh-grade mutual TLS inside the process: identities, trust, verification and the TLS contexts built on them. */
@org.jspecify.annotations.NullMarked
@SuppressWarnings("module") // The modules of qualified exports are compiled after this one.
module dev.mtls.core {
    requires static org.jspecify;
    requires static org.conscrypt;
    requires com.github.benmanes.caffeine;
    requires org.slf4j;

    exports dev.mtls;
    exports dev.mtls.connection;
    exports dev.mtls.danger;
    exports dev.mtls.event;
    exports dev.mtls.failure;
    exports dev.mtls.identity;
    exports dev.mtls.policy;
    exports dev.mtls.source;
    exports dev.mtls.source.file;
    exports dev.mtls.svid;
    exports dev.mtls.tls;
    exports dev.mtls.trust;
    exports dev.mtls.verify;

    // Jetty asks each ALPN processor whether it knows the class of an engine; OkHttp asks a socket whether to use it
    // again.
    exports dev.mtls.internal.tls to
            dev.mtls.jetty,
            dev.mtls.okhttp;
}
