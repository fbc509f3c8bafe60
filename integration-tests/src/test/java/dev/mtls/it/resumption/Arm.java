package dev.mtls.it.resumption;

import dev.mtls.identity.Role;

/**
 * A stack in one role, and what it talks to.
 *
 * @param role the role of the stack under test
 * @param client makes the client: the stack, or its counterpart
 * @param server starts the server: the counterpart, or the stack
 */
record Arm(Role role, Caller client, Server server) {
    /** Makes a client. */
    interface Caller {
        Calling open(Side side, int port, Sightings seen) throws Exception;
    }

    /** Starts a server. */
    interface Server {
        Serving start(Side side, Sightings seen) throws Exception;
    }

    static Arm client(Caller underTest, Server counterpart) {
        return new Arm(Role.CLIENT, underTest, counterpart);
    }

    static Arm server(Server underTest, Caller counterpart) {
        return new Arm(Role.SERVER, counterpart, underTest);
    }
}
