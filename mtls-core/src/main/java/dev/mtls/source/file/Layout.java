package dev.mtls.source.file;

import dev.mtls.failure.SourceUnavailableException;
import dev.mtls.failure.SvidRejectedException;

/** Tells which files there are; asked anew at every look, since some layouts depend on what a folder holds. */
@FunctionalInterface
interface Layout {
    /**
     * The files to read now.
     *
     * @param folders where folders really are at this moment
     */
    FileSet files(Folders folders) throws SourceUnavailableException, SvidRejectedException;
}
