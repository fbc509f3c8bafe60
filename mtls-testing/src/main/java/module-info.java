import org.jspecify.annotations.NullMarked;

/** JUnit extension: ephemeral authorities, rotating identities, a movable clock. */
@NullMarked
module dev.mtls.testing {
    requires transitive dev.mtls.core;
    requires transitive org.junit.jupiter.api;
    requires dev.mtls.ca;
    requires org.slf4j;
    requires static org.jspecify;
}
