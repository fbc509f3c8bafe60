package dev.mtls.ca;

/** How far the rotation of a root is. The steps lead round in this order. */
public enum RootRotation {
    /** One root, trusted and used. */
    NONE,
    /** The new root is trusted, the old one still used. */
    PREPARED,
    /** The new root is used, the old one still trusted. */
    ACTIVATED
}
