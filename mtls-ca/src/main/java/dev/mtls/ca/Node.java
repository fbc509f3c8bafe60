package dev.mtls.ca;

import dev.mtls.identity.SpiffeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A place in a hierarchy, which keeps while the signers in it come and go. Equal only to itself. */
final class Node {
    private final @Nullable Node parent;
    private final @Nullable IntermediateOptions options;

    private Node(@Nullable Node parent, @Nullable IntermediateOptions options) {
        this.parent = parent;
        this.options = options;
    }

    /** The top: a root, or an intermediate that was loaded without its root's key. */
    static Node top() {
        return new Node(null, null);
    }

    Node below(IntermediateOptions intermediate) {
        return new Node(this, intermediate);
    }

    @Nullable
    Node parent() {
        return parent;
    }

    /** What was asked for; null at the top. */
    @Nullable
    IntermediateOptions options() {
        return options;
    }

    /** The nodes from below the top down to this one. */
    List<Node> belowTop() {
        if (parent == null) {
            return List.of();
        }
        List<Node> nodes = new ArrayList<>(parent.belowTop());
        nodes.add(this);
        return nodes;
    }

    /** Refuses an ID that this node or one above it does not issue. */
    void checkAllowed(SpiffeId id) {
        for (Node node : belowTop()) {
            if (node.options != null && !node.options.allows(id)) {
                throw new IllegalArgumentException("id: " + id + " (expected: an ID below /"
                        + String.join("/", node.options.idsBelow()) + ", which is all that the intermediate \""
                        + node.options.name() + "\" issues)");
            }
        }
    }
}
