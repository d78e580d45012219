from documents.models.document import Document
from documents.models.stored_file import StoredFile
from documents.models.template import Template, TemplateVersion

__all__ = ["Document", "StoredFile", "Template", "TemplateVersion"]
