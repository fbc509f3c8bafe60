import org.jspecify.annotations.NullMarked;

/** Identities, trust, peer policies, verification and TLS contexts. */
@NullMarked
module dev.mtls.core {
    requires com.github.benmanes.caffeine;
    requires org.slf4j;
    requires static org.conscrypt;
    requires static org.jspecify;
}
