import org.jspecify.annotations.NullMarked;

/** Adapter for OkHttp. */
@NullMarked
module dev.mtls.okhttp {
    requires transitive dev.mtls.core;
    requires transitive okhttp3;
    requires org.slf4j;
    requires static org.jspecify;
}
