/**
 * What manifest.md and artifacts-guidance.md demand.
 * @module
 */

/** Rows of `IMAGE_CLAUSES`, by id. */
export const MANIFEST_CLAUSES = {
  "image.manifest.object": {
    level: "MUST",
    judge: "document",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "A manifest is a JSON object.",
  },
  "image.manifest.schemaVersion": {
    level: "MUST",
    judge: "document",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "A manifest's `schemaVersion` is 2.",
  },
  "image.manifest.schemaVersion.removal": {
    level: "MAY",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "A future version drops the `schemaVersion` of manifests.",
  },
  "image.manifest.mediaType.present": {
    level: "SHOULD",
    judge: "document",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "A manifest's `mediaType` is given.",
  },
  "image.manifest.mediaType": {
    level: "MUST",
    judge: "document",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "A manifest's `mediaType`, where given, is that of an image manifest.",
  },
  "image.manifest.artifactType": {
    level: "MUST",
    judge: "document",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "A manifest's `artifactType` is a media type as RFC 6838 names them.",
  },
  "image.manifest.artifactType.registered": {
    level: "MAY",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "A manifest's `artifactType` is registered with IANA.",
  },
  "image.manifest.artifactType.unknown": {
    level: "MUST",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "Storing or copying a manifest of an unknown `artifactType` is no error.",
  },
  "image.manifest.artifactType.required": {
    level: "MUST",
    judge: "document",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "A manifest's `artifactType` is set where `config` is of the empty type.",
  },
  "image.manifest.config": {
    level: "MUST",
    judge: "document",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "A manifest's `config` is a descriptor; its media type is as RFC 6838 names them.",
  },
  "image.manifest.config.unparsed": {
    level: "MUST",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "A config of unknown media type is bytes, never parsed.",
  },
  "image.manifest.config.unknown": {
    level: "MUST",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "Storing or copying a manifest with a config of unknown media type is no error.",
  },
  "image.manifest.config.supported": {
    level: "MUST",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "The image configuration is supported as config.",
  },
  "image.manifest.config.portable": {
    level: "SHOULD",
    judge: "document",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "The config of a container image is of the type of OCI, to be portable.",
  },
  "image.manifest.config.artifact": {
    level: "SHOULD",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "The config of an artifact is of the types that the guidelines for artifacts give.",
  },
  "image.manifest.config.registered": {
    level: "MAY",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "Another media type of `config` is registered with IANA.",
  },
  "image.manifest.config.unique": {
    level: "SHOULD",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "Advice: the config of an image that can run has enough data to make its ImageID unique.",
  },
  "image.manifest.layers": {
    level: "MUST",
    judge: "document",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "A manifest's `layers` is an array of descriptors; media types are as RFC 6838 names them.",
  },
  "image.manifest.layers.present": {
    level: "SHOULD",
    judge: "document",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "A manifest's `layers` has an entry at least, to be portable.",
  },
  "image.manifest.layers.base": {
    level: "MUST",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "In an image, `layers[0]` is the base layer.",
  },
  "image.manifest.layers.order": {
    level: "MUST",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "In an image, layers follow in the order of the stack.",
  },
  "image.manifest.layers.result": {
    level: "MUST",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "The file system of an image is what applying its layers to an empty directory gives.",
  },
  "image.manifest.layers.supported": {
    level: "MUST",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "Plain and gzip layers, also non-distributable ones, are supported.",
  },
  "image.manifest.layers.portable": {
    level: "SHOULD",
    judge: "document",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "The layers of an image are plain or gzip layers of OCI, to be portable.",
  },
  "image.manifest.layers.zstd": {
    level: "SHOULD",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "Layers compressed with zstd are supported.",
  },
  "image.manifest.layers.unknown": {
    level: "MUST",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "Storing or copying a manifest with a layer of unknown media type is no error.",
  },
  "image.manifest.layers.registered": {
    level: "MAY",
    judge: "behaviour",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "Another media type of a layer is registered with IANA.",
  },
  "image.manifest.subject": {
    level: "MUST",
    judge: "document",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "A manifest's `subject` is a descriptor.",
  },
  "image.manifest.annotations": {
    level: "MUST",
    judge: "document",
    section: "manifest.md#image-manifest-property-descriptions",
    text: "A manifest's `annotations` keeps the rules of annotations.",
  },
  "image.artifact.empty": {
    level: "SHOULD",
    judge: "document",
    section: "manifest.md#guidance-for-an-empty-descriptor",
    text: "A descriptor of the empty type has size and digest of `{}`, and as `data`, if any, `e30=`.",
  },
  "image.artifact.packaging": {
    level: "MAY",
    judge: "behaviour",
    section: "manifest.md#guidelines-for-artifact-usage",
    text: "Content other than container images is packaged as an image manifest.",
  },
  "image.artifact.config": {
    level: "MUST",
    judge: "behaviour",
    section: "manifest.md#guidelines-for-artifact-usage",
    text: "The config of an artifact is of a type of its own or of the empty type.",
  },
  "image.artifact.layer": {
    level: "SHOULD",
    judge: "document",
    section: "manifest.md#guidelines-for-artifact-usage",
    text: "An artifact that needs no layers has one, of a size above zero; the empty descriptor is suggested.",
  },
  "image.artifact.decisionTree": {
    level: "MAY",
    judge: "behaviour",
    section: "manifest.md#guidelines-for-artifact-usage",
    text: "New artifacts are designed by the decision tree.",
  },
  "image.artifact.fallback": {
    level: "SHOULD",
    judge: "behaviour",
    section: "manifest.md#guidelines-for-artifact-usage",
    text: "Advice: where `artifactType` is absent, the media type of `config` stands for it.",
  },
  "image.artifact.config.notImage": {
    level: "SHOULD",
    judge: "document",
    section: "artifacts-guidance.md#guidance-for-artifacts-authors",
    text: "Advice: an artifact's config is not of the type of an image configuration.",
  },
} as const;
