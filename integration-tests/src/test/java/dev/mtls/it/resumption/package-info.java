/** No session outlives a change: every stack, provider, TLS version and change, beside its twin with a plain {@code SSLContext}. */
package dev.mtls.it.resumption;
