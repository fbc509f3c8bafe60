/** Adapter for gRPC over Netty, shaded or not. */
@NullMarked
package dev.mtls.grpc;

import org.jspecify.annotations.NullMarked;
