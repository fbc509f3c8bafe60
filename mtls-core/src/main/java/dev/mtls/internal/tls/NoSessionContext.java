package dev.mtls.internal.tls;

import java.util.Collections;
import java.util.Enumeration;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import org.jspecify.annotations.Nullable;

/** No sessions are kept, so that none is resumed. Settings of a cache that does not exist are ignored, as frameworks make them. */
final class NoSessionContext implements SSLSessionContext {
    static final NoSessionContext INSTANCE = new NoSessionContext();

    private NoSessionContext() {}

    @Override
    public @Nullable SSLSession getSession(byte[] sessionId) {
        return null;
    }

    @Override
    public Enumeration<byte[]> getIds() {
        return Collections.emptyEnumeration();
    }

    @Override
    public void setSessionTimeout(int seconds) {}

    @Override
    public int getSessionTimeout() {
        return 1;
    }

    @Override
    public void setSessionCacheSize(int size) {}

    @Override
    public int getSessionCacheSize() {
        return 1;
    }
}
