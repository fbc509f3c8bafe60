/** What differs between grpc-netty and grpc-netty-shaded. */
@NullMarked
package dev.mtls.grpc.internal;

import org.jspecify.annotations.NullMarked;
