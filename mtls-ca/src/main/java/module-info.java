import org.jspecify.annotations.NullMarked;

/** Embedded certificate authority: root, intermediates, issuing, rotation. */
@NullMarked
module dev.mtls.ca {
    requires transitive dev.mtls.core;
    requires org.bouncycastle.pkix;
    requires org.bouncycastle.provider;
    requires org.bouncycastle.util;
    requires org.slf4j;
    requires static org.jspecify;

    exports dev.mtls.ca;
}
